// users.ts
import mongoose from "mongoose";
import { secondFactorPlugin } from "passport-second-factor";

const userSchema = new mongoose.Schema({
  email: { type: String, required: true, unique: true },
  passwordHash: { type: String, select: false },
  roles: { type: [String], default: [] },
});
userSchema.plugin(secondFactorPlugin); // this line is new

export const User = mongoose.model("User", userSchema);
