// What the shorter examples take for granted: names that a reader's own app has, or that were imported further up.
import type { Express, Request, RequestHandler } from "express";
import type { Connection, HydratedDocument, Model } from "mongoose";
import type { nodemailerDelivery, SecondFactor, SecondFactorOptions } from "passport-second-factor";

type NodemailerTransport = Parameters<typeof nodemailerDelivery>[0];

export type { Request } from "express";
export { type AuthenticateOptions, default as passport } from "passport";
export { createSecondFactor, type Key, type Policy } from "passport-second-factor";
// The example of a test imports it.
export { default as request } from "supertest";

export declare const app: Express;
export declare const secondFactor: SecondFactor;
export declare const options: SecondFactorOptions;
export declare const User: Model<{ email: string }>;
export declare const user: HydratedDocument<{ email: string }>;
export declare const sessionMiddleware: RequestHandler;
/** A connected client of the `redis` package, as far as it is used. */
export declare const redis: {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
};
export declare function pigeon(to: string, text: string): Promise<boolean>;
export { BlockList } from "node:net";
export declare const connection: Connection;
export declare const transport: NodemailerTransport;
export declare const authorize: RequestHandler;
export declare const listOrders: RequestHandler;
export declare const payroll: RequestHandler;
export declare const showPasswordForm: RequestHandler;
export declare const changePassword: RequestHandler;
export declare const pay: RequestHandler;
export declare function tokenFor(user: Express.User): string;
export declare function notify(user: string, text: string): Promise<void>;

/** The two methods of a Socket.IO server that the README uses. */
export declare const io: {
  engine: { use(middleware: RequestHandler): void };
  use(middleware: (socket: { request: Request }, next: (error?: Error) => void) => void): void;
};

/** How the app hashes passwords, and where it keeps what comes of it. */
export declare const hashes: {
  verify(hash: string, password: string): Promise<boolean>;
  make(password: string): Promise<string>;
};
export declare function hashOf(user: string): Promise<string>;
