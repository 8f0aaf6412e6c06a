/** What the shop is called, for every page: the product's name, as the second factor's pages say it. */
import { createContext } from "preact";

export const ShopName = createContext("Acme");
