/** "Check your e-mail", "Check your phone": the code that shows an address is the person's own. */
import { CodeField } from "./code-field.js";
import { Button, ButtonLink, Form, Help, Ltr } from "./components.js";
import { type Context, Layout } from "./layout.js";
import { NotArrived } from "./sent-code.js";
import type { FieldProblem, SentView } from "./views.js";
import { EnrolWayOut } from "./way-out.js";

interface Props {
  page: Context;
  kind: "email" | "sms";
  /** Where the code went; whole. */
  address: string | undefined;
  sent: SentView;
  problem: FieldProblem | undefined;
  required: boolean;
}

export function EnrolCode({ page, kind, address, sent, problem, required }: Props) {
  const { t, site } = page;
  const path = `/enrol/${kind}`;
  const words = kind === "email" ? t.enrolEmail : t.enrolSms;
  return (
    <Layout
      page={page}
      heading={words.sentHeading}
      lead={t.challenge.sent(<Ltr>{address ?? t.shared.you}</Ltr>, sent.minutes)}
      failed={!!problem}
    >
      <Form site={site} to={`${path}/confirm`} class="stack" isTexted={kind === "sms"}>
        <CodeField
          page={page}
          place={{ kind, instead: "address" }}
          problem={problem}
          describedBy={["lead"]}
          focus
        />
        <Button>{t.enrol.turnOn}</Button>
      </Form>
      <NotArrived page={page} kind={kind} sent={sent} problem={problem} to={path} hidden={{ resend: "on" }} />
      <Help>
        <ButtonLink look="link" href={`${site.base}${path}?change=1`}>
          {words.change}
        </ButtonLink>
        <EnrolWayOut page={page} required={required} />
      </Help>
    </Layout>
  );
}
