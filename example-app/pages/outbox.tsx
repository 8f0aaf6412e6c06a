/** "Outbox": messages that were kept instead of sent, newest first. Test mode only. */
import type { OutboxMessage } from "passport-second-factor";
import { Layout, type Viewer } from "./layout.js";

interface OutboxProps {
  viewer: Viewer;
  messages: readonly OutboxMessage[];
}

export function Outbox({ viewer, messages }: OutboxProps) {
  return (
    <Layout title="Outbox" viewer={viewer}>
      <div class="card wide">
        <h1>Outbox</h1>
        <p class="lead">
          {messages.length > 0
            ? "Nothing was sent. These messages were kept."
            : "No messages yet. Codes by e-mail and text message are kept here."}
        </p>
        {messages.length > 0 && (
          <ol class="messages">
            {messages.map((message, at) => (
              <Message key={messages.length - at} message={message} />
            ))}
          </ol>
        )}
        <a class="button quiet" href="/outbox">
          Look again
        </a>
      </div>
    </Layout>
  );
}

function Message({ message: { to, channel, subject, text, sentAt } }: { message: OutboxMessage }) {
  return (
    <li class="message">
      <p class="envelope">
        <span class="badge">{channel === "email" ? "E-mail" : "Text message"}</span>
        <span>
          to <bdi>{to}</bdi>
        </span>
        <time datetime={sentAt.toISOString()}>{timeText(sentAt)}</time>
      </p>
      {subject !== "" && <h2>{subject}</h2>}
      <p class="body">{text.trimEnd()}</p>
    </li>
  );
}

const times = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" });

const timeText = (at: Date) => `${times.format(at)} UTC`;
