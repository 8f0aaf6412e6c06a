/** Twilio's official client, loaded where text messages are configured. */
import type { TwilioClient } from "passport-second-factor";
import type { Twilio } from "twilio";

export interface TwilioSettings {
  accountSid: string;
  authToken: string;
  /** Another server in Twilio's place, such as `http://127.0.0.1:4010`. */
  apiBase?: string;
}

/** Ends a request that is not answered: nobody waits for half a minute, the client's default, on a sign-in page. */
const TIMEOUT_MS = 5000;

export async function twilioClient({ accountSid, authToken, apiBase }: TwilioSettings): Promise<Twilio> {
  const { default: twilio } = await import("twilio");
  const httpClient = new twilio.RequestClient({ timeout: TIMEOUT_MS });
  if (apiBase !== undefined) {
    httpClient.axios.interceptors.request.use((config) => {
      const { pathname, search } = new URL(config.url ?? "/", apiBase);
      return Object.assign(config, { url: new URL(pathname + search, apiBase).href });
    });
  }
  return twilio(accountSid, authToken, { httpClient });
}

/** The same, for keys that are entered while the shop runs: loaded with the first message. */
export function laterTwilioClient(settings: TwilioSettings): TwilioClient {
  let client: Promise<Twilio> | undefined;
  return {
    messages: {
      async create(message) {
        client ??= twilioClient(settings);
        return (await client).messages.create(message);
      },
    },
  };
}
