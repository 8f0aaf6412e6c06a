/** The few pictures the pages use. All are decoration: the words beside them say the same. */
import type { FactorKind } from "../core/model.js";

const SHAPES = {
  alert: "M12 7.5v5.5M12 16.4v.2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
  tick: "M8 12.4l2.8 2.8L16 9.6M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
  warning: "M12 9.5v4.5M12 17v.2M12 3.6 2.8 19.5h18.4z",
  next: "M9.5 6l6 6-6 6",
  totp: "M8 3h8a1.5 1.5 0 0 1 1.5 1.5v15A1.5 1.5 0 0 1 16 21H8a1.5 1.5 0 0 1-1.5-1.5v-15A1.5 1.5 0 0 1 8 3zM10.8 18h2.4",
  email:
    "M4.5 5.5h15A1.5 1.5 0 0 1 21 7v10a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 17V7a1.5 1.5 0 0 1 1.5-1.5zM3.5 7.5l8.5 6 8.5-6",
  sms: "M5 4.5h14A1.5 1.5 0 0 1 20.5 6v9a1.5 1.5 0 0 1-1.5 1.5h-7L7.5 20v-3.5H5A1.5 1.5 0 0 1 3.5 15V6A1.5 1.5 0 0 1 5 4.5z",
  passkey:
    "M9 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM3 20c0-3.3 2.7-5 6-5 1.2 0 2.4.2 3.3.7M17 9.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5zM17 14.5V21l1.6-1.4",
  browser:
    "M4.5 4.5h15A1.5 1.5 0 0 1 21 6v12a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 18V6a1.5 1.5 0 0 1 1.5-1.5zM3 9h18M6 6.8v.1M8.5 6.8v.1",
  "recovery-code": "M8 11.5a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM10.9 12.6 19.5 4M15.5 8l3 3M18 5.5l2 2",
} as const satisfies Record<FactorKind | "alert" | "tick" | "warning" | "next" | "browser", string>;

export function Icon({ name }: { name: keyof typeof SHAPES }) {
  return (
    <svg class={name === "next" ? "icon next" : "icon"} viewBox="0 0 24 24" aria-hidden="true">
      <path d={SHAPES[name]} />
    </svg>
  );
}
