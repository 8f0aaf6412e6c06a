/** What is said and offered around a code that is sent: why none went out, and what to do until it comes. */
import { Button, ErrorNotice, Form, Ltr } from "./components.js";
import type { Context } from "./layout.js";
import { type Place, problemText } from "./problem-text.js";
import type { FieldProblem, SentView } from "./views.js";

interface SendButtonProps {
  page: Context;
  problem: FieldProblem | undefined;
  place: Place;
  children: string;
}

/** The button that sends a code, below why the last try did not. */
export function SendButton({ page, problem, place, children }: SendButtonProps) {
  if (!problem) return <Button>{children}</Button>;
  return (
    <>
      <ErrorNotice t={page.t} id="send-error">
        {problemText(page, problem, place)}
      </ErrorNotice>
      <Button describedBy="send-error">{children}</Button>
    </>
  );
}

interface NotArrivedProps {
  page: Context;
  kind: "email" | "sms";
  sent: SentView;
  problem: FieldProblem | undefined;
  /** Where a new code is asked for, and with what. */
  to: string;
  hidden: Record<string, string | undefined>;
}

/** Open where a new one was asked for in vain, or is needed: that is what the person came back for. */
export function NotArrived({ page, kind, sent, problem, to, hidden }: NotArrivedProps) {
  const { t, site } = page;
  const { sender } = sent;
  return (
    <>
      <p class="unseen" role="status" data-sf-resend-status data-sf-text={t.challenge.newCodeNow} />
      <details {...(asksForAnother(problem) && { open: true })}>
        <summary>{t.challenge.notArrived}</summary>
        <p>
          {t.challenge.wait}
          {kind === "email" && sender !== undefined && [" ", t.challenge.checkSpam(<Ltr>{sender}</Ltr>)]}
        </p>
        <Form site={site} to={to} hidden={hidden} class="resend">
          <Button look="quiet">{t.challenge.sendAgain}</Button>
          <Countdown until={sent.resendAt} t={t} />
        </Form>
      </details>
    </>
  );
}

/** Empty until the script counts down in it; who listens is told once, when the time has come. */
function Countdown({ until, t }: { until: Date; t: Context["t"] }) {
  return (
    <span
      class="hint"
      aria-hidden="true"
      data-sf-resend={until.toISOString()}
      data-sf-text={t.challenge.newCodeIn("{time}")}
    />
  );
}

const ASKS = new Set<FieldProblem["code"]>(["resend_too_soon", "delivery_failed", "expired"]);

const asksForAnother = (problem: FieldProblem | undefined) => problem !== undefined && ASKS.has(problem.code);
