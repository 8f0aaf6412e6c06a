/** What a challenge says and offers when its code has to be sent first. */
import { Button, Form, Ltr } from "./components.js";
import type { Context } from "./layout.js";
import type { ChallengeView } from "./views.js";

interface Props {
  view: ChallengeView;
  page: Context;
}

export function SendCode({ view, page: { t, site } }: Props) {
  return (
    <Form site={site} to="/challenge/send" hidden={hidden(view)} class="stack">
      <p>{t.challenge.unsent(<Ltr>{view.factor.hint ?? t.shared.you}</Ltr>)}</p>
      <Button>{t.challenge.sendCode}</Button>
    </Form>
  );
}

export function NotArrived({ view, page: { t, site }, sender }: Props & { sender: string | undefined }) {
  return (
    <details>
      <summary>{t.challenge.notArrived}</summary>
      <p>
        {t.challenge.wait} {sender && t.challenge.checkSpam(<Ltr>{sender}</Ltr>)}
      </p>
      <Form site={site} to="/challenge/send" hidden={hidden(view)}>
        <Button look="quiet">{t.challenge.sendAgain}</Button>
      </Form>
    </details>
  );
}

const hidden = (view: ChallengeView) => ({ factor: view.factor.kind, action: view.action?.name });
