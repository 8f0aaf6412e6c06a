/** A heading, a sentence, and the way back: for whatever has no page of its own. */
import { Layout } from "./layout.js";

export function Problem({ title, text }: { title: string; text: string }) {
  return (
    <Layout title={title}>
      <div class="card">
        <h1>{title}</h1>
        <p class="lead">{text}</p>
        <a class="button primary" href="/">
          To the shop
        </a>
      </div>
    </Layout>
  );
}
