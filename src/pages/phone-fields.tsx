/** A country and a mobile number, as people of that country write it. */
import type { ComponentChildren } from "preact";
import { describing, Field } from "./field.js";
import type { Messages } from "./messages.js";
import type { CountryView } from "./views.js";

interface PhoneProps {
  t: Messages;
  countries: readonly CountryView[];
  country?: string | undefined;
  number?: string | undefined;
  /** Below the label of the number. */
  hint: string;
  /** What is wrong with which; the first has the focus. */
  errors?: { country?: ComponentChildren; number?: ComponentChildren };
  /** The number of whoever fills it in: their browser may know it. */
  isOwn: boolean;
}

export function PhoneFields(props: PhoneProps) {
  return (
    <>
      <CountryField {...props} />
      <NumberField {...props} />
    </>
  );
}

/** A browser shows the first of a list as if it were chosen: with nothing known and a choice to make, nothing is. */
function CountryField({ t, countries, country, errors: { country: error } = {}, isOwn }: PhoneProps) {
  const isOpen = countries.length > 1 && !countries.some(({ code }) => code === country);
  return (
    <Field t={t} id="country" label={t.enrolSms.country} error={error}>
      <select
        id="country"
        name="country"
        autocomplete={isOwn ? "country" : "off"}
        {...(error && { "aria-invalid": "true" as const, autofocus: true })}
        {...describing("country", { error })}
      >
        {isOpen && (
          <option value="" selected>
            {t.enrolSms.chooseCountry}
          </option>
        )}
        {countries.map(({ code, name, callingCode }) => (
          <option key={code} value={code} selected={code === country}>
            {t.enrolSms.countryOption(name, callingCode)}
          </option>
        ))}
      </select>
    </Field>
  );
}

function NumberField({ t, number = "", hint, errors = {}, isOwn }: PhoneProps) {
  const error = errors.number;
  return (
    <Field t={t} id="number" label={t.enrolSms.number} hint={hint} error={error}>
      <input
        id="number"
        name="number"
        type="tel"
        dir="ltr"
        autocomplete={isOwn ? "tel-national" : "off"}
        value={number}
        {...(error && { "aria-invalid": "true" as const, autofocus: !errors.country })}
        {...describing("number", { hint, error })}
      />
    </Field>
  );
}
