/** The shop window. */
import { PRODUCTS, type Product, priceText } from "../products.js";
import { Layout, type Viewer } from "./layout.js";
import { Picture } from "./picture.js";

export function Home(viewer: Viewer) {
  return (
    <Layout title="Things for a clear desk" viewer={viewer}>
      <div class="opening">
        <h1>Things for a clear desk</h1>
        <p class="lead">Six of them. Made well, meant to last.</p>
      </div>
      <ul class="shelf">
        {PRODUCTS.map((product) => (
          <Item key={product.id} product={product} />
        ))}
      </ul>
    </Layout>
  );
}

function Item({ product: { id, name, note, price } }: { product: Product }) {
  return (
    <li class="item" id={id}>
      <Picture of={id} />
      <div class="label">
        <h2>{name}</h2>
        <p class="price">{priceText(price)}</p>
      </div>
      <p class="note">{note}</p>
      <form method="post" action="/cart">
        <input type="hidden" name="product" value={id} />
        <button class="button quiet" type="submit" aria-label={`Add to cart: ${name}`}>
          Add to cart
        </button>
      </form>
    </li>
  );
}
