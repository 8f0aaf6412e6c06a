/** The cart: how many of what, in the session, so that it outlasts signing in. */
import type { Request } from "express";
import { PRODUCTS, type Product } from "./products.js";

declare module "express-session" {
  interface SessionData {
    cart?: Record<string, number>;
  }
}

export interface Line {
  product: Product;
  count: number;
}

/** More than this of one thing is a mistake. */
const MOST = 99;

export function addToCart({ session }: Request, { id }: Product): void {
  const cart = session.cart ?? {};
  session.cart = { ...cart, [id]: Math.min((cart[id] ?? 0) + 1, MOST) };
}

export function emptyCart({ session }: Request): void {
  delete session.cart;
}

export function linesOf({ session }: Request): Line[] {
  const lines = PRODUCTS.map((product) => ({ product, count: session.cart?.[product.id] ?? 0 }));
  return lines.filter(({ count }) => count > 0);
}
