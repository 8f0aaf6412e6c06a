/** The cart. It is kept in the session, and outlasts signing in. */
import type { Line } from "../cart.js";
import { priceText } from "../products.js";
import { Layout, type Viewer } from "./layout.js";

export function Cart({ viewer, lines }: { viewer: Viewer; lines: readonly Line[] }) {
  return (
    <Layout title="Your cart" viewer={viewer}>
      <div class="card">
        <h1>Your cart</h1>
        {lines.length === 0 ? <Empty /> : <Filled lines={lines} />}
      </div>
    </Layout>
  );
}

function Empty() {
  return (
    <>
      <p class="lead">Nothing in it yet.</p>
      <a class="button primary" href="/">
        Look around
      </a>
    </>
  );
}

function Filled({ lines }: { lines: readonly Line[] }) {
  const total = lines.reduce((sum, { product, count }) => sum + product.price * count, 0);
  return (
    <>
      <dl class="facts">
        {lines.map(({ product, count }) => (
          <div key={product.id}>
            <dt>{count === 1 ? product.name : `${product.name}, ${count}`}</dt>
            <dd>{priceText(product.price * count)}</dd>
          </div>
        ))}
        <div class="total">
          <dt>Total</dt>
          <dd>{priceText(total)}</dd>
        </div>
      </dl>
      <form method="post" action="/cart/empty">
        <button class="button quiet" type="submit">
          Empty the cart
        </button>
      </form>
    </>
  );
}
