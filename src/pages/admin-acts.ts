/** What an administrator can do for somebody: when it makes sense, and how its button looks. */
import type { AdminAct } from "../core/model.js";
import type { AdminPersonView } from "./views.js";

interface Act {
  /** It takes something away for good. */
  look: "primary" | "danger";
  /** There is something to do. */
  isDue: (person: AdminPersonView["person"]) => boolean;
}

const always = () => true;

export const ACTS: Record<AdminAct, Act> = {
  disable: { look: "danger", isDue: ({ factors }) => factors.length > 0 },
  unlock: { look: "primary", isDue: ({ locked }) => locked !== undefined },
  "forget-browsers": { look: "primary", isDue: ({ browsers }) => browsers.length > 0 },
  "end-sessions": { look: "primary", isDue: always },
  "set-phone": { look: "primary", isDue: always },
  "require-password-change": { look: "primary", isDue: always },
  "temporary-password": { look: "danger", isDue: always },
  reset: { look: "primary", isDue: always },
};
