/** What the shop sells. */
export interface Product {
  id: string;
  name: string;
  note: string;
  /** In cents. */
  price: number;
}

export const PRODUCTS: readonly Product[] = [
  { id: "notebook", name: "Field notebook", note: "Lies flat, takes ink, fits a coat.", price: 1400 },
  { id: "pencil", name: "Cedar pencils", note: "Six of them, soft enough to think with.", price: 900 },
  { id: "ink", name: "Blue-black ink", note: "Dries fast and keeps for a century.", price: 1600 },
  { id: "lamp", name: "Reading lamp", note: "Warm light, one switch, no app.", price: 8900 },
  { id: "mug", name: "Stoneware mug", note: "Holds a long morning.", price: 2200 },
  { id: "plant", name: "Desk fern", note: "Forgives a forgotten week.", price: 1800 },
];

export function productOf(id: unknown): Product | undefined {
  return PRODUCTS.find((product) => product.id === id);
}

const euros = new Intl.NumberFormat("en-IE", { style: "currency", currency: "EUR" });

export function priceText(cents: number): string {
  return euros.format(cents / 100);
}
