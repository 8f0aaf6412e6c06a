/** What is used of a Mongoose connection: `mongoose.connection`, or one of the app's own. */
export interface Connection {
  collection(name: string): object;
}
