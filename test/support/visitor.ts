// Somebody with a browser, or a client that speaks JSON: one cookie jar, no redirects followed by itself.

export interface Reply {
  status: number;
  headers: Headers;
  /** Where a redirect points, as a path of the app. */
  location: string | undefined;
  text: string;
  json: Record<string, unknown>;
}

export interface Ask {
  method?: string;
  headers?: Record<string, string>;
  /** An object is sent as JSON, or as a form by {@link Visitor.form}; a string as it is. */
  body?: unknown;
}

export class Visitor {
  readonly cookies = new Map<string, string>();
  readonly #base: string;

  constructor(base: string) {
    this.#base = base;
  }

  /** Another browser with the same cookies: what a thief holds, or a second tab at this moment. */
  copy(): Visitor {
    const other = new Visitor(this.#base);
    for (const [name, value] of this.cookies) other.cookies.set(name, value);
    return other;
  }

  /** The id of the session, without its signature. */
  get sessionId(): string {
    const [value = ""] = this.cookies.values();
    return decodeURIComponent(value).replace(/^s:/, "").split(".")[0] ?? "";
  }

  async ask(path: string, { method = "GET", headers = {}, body }: Ask = {}): Promise<Reply> {
    const isText = typeof body === "string" || body === undefined;
    const response = await fetch(new URL(path, this.#base), {
      method,
      redirect: "manual",
      headers: {
        ...(this.cookies.size > 0 ? { cookie: this.#cookieHeader() } : {}),
        ...(isText ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isText ? (body as string) : JSON.stringify(body) }),
    });
    for (const cookie of response.headers.getSetCookie()) this.#keep(cookie);
    const text = await response.text();
    const location = response.headers.get("location")?.replace(this.#base, "");
    return { status: response.status, headers: response.headers, location, text, json: parsed(text) };
  }

  /** A JSON client's GET. */
  get(path: string): Promise<Reply> {
    return this.ask(path);
  }

  /** A JSON client's POST. */
  post(path: string, body: unknown = {}): Promise<Reply> {
    return this.ask(path, { method: "POST", body });
  }

  /** A browser's navigation. */
  page(path: string): Promise<Reply> {
    return this.ask(path, { headers: NAVIGATION });
  }

  /** A form sent by a browser from a page of the site. */
  form(path: string, fields: Record<string, string> = {}): Promise<Reply> {
    const body = new URLSearchParams(fields).toString();
    const type = { "content-type": "application/x-www-form-urlencoded" };
    return this.ask(path, {
      method: "POST",
      body,
      headers: { ...NAVIGATION, ...type, origin: this.#base, "sec-fetch-site": "same-origin" },
    });
  }

  #cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  #keep(cookie: string): void {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
    this.cookies.set(name, value);
  }
}

const NAVIGATION = { accept: "text/html,application/xhtml+xml", "sec-fetch-mode": "navigate" };

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
