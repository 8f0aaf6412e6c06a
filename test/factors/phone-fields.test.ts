import { describe, expect, test } from "vitest";
import { countryName, listCountries } from "../../src/factors/phone-countries.js";
import { phoneFields } from "../../src/factors/phone-fields.js";
import { find, only, parse, text } from "../pages/html.js";

describe("the countries to choose from", () => {
  test("are all that have mobile numbers, by name, each with its calling code", async () => {
    const countries = await listCountries();
    expect(countries.length).toBeGreaterThan(200);
    expect(countries[0]).toEqual({ code: "AF", name: "Afghanistan", callingCode: "93" });
    expect(countries).toContainEqual({ code: "GB", name: "United Kingdom", callingCode: "44" });
    expect(countries).toContainEqual({ code: "CA", name: "Canada", callingCode: "1" });
    expect(new Set(countries.map((it) => it.code)).size).toBe(countries.length);
    const names = countries.map((it) => it.name);
    expect(names).toEqual([...names].sort(new Intl.Collator("en").compare));
    expect(names.filter((name) => /^[A-Z]{2}$/.test(name))).toEqual([]);
  });

  test("are those that are allowed, and none that there is not", async () => {
    const codes = (await listCountries({ countries: ["us", "GB", "XX"] })).map((it) => it.code);
    expect(codes).toEqual(["GB", "US"]);
    expect(await listCountries({ countries: [] })).toEqual([]);
  });

  test("are named and sorted in another language", async () => {
    const countries = await listCountries({ locale: "de", countries: ["AT", "EG", "ZW"] });
    expect(countries.map((it) => it.name)).toEqual(["Ägypten", "Österreich", "Simbabwe"]);
    expect(countryName("GB", "fr")).toBe("Royaume-Uni");
  });
});

describe("the fields for an app's own form", () => {
  const read = async (options?: Parameters<typeof phoneFields>[0]) =>
    parse(`<!doctype html>${await phoneFields(options)}`);

  test("are a labelled select and a labelled telephone field", async () => {
    const form = await read();
    const [select, input] = [only(form, "select"), only(form, "input")];
    expect(select.attributes).toEqual({ id: "country", name: "country", autocomplete: "country" });
    expect(input.attributes).toEqual({
      id: "number",
      name: "number",
      type: "tel",
      autocomplete: "tel-national",
      value: "",
    });
    const labels = find(form, "label").map((it) => [it.attributes["for"], text(it)]);
    expect(labels).toEqual([
      ["country", "Country"],
      ["number", "Mobile number"],
    ]);
  });

  test("offer each country with its calling code, and choose none for anybody", async () => {
    const options = find(await read({ countries: ["GB", "US"] }), "option");
    expect(options.map((it) => [it.attributes["value"], text(it)])).toEqual([
      ["", "Choose a country"],
      ["GB", "United Kingdom (+44)"],
      ["US", "United States (+1)"],
    ]);
    expect(options.filter((it) => "selected" in it.attributes)).toEqual([]);
  });

  test("hold what was filled in already", async () => {
    const form = await read({ country: "us", number: "(415) 555-0123" });
    const selected = find(form, "option").filter((it) => "selected" in it.attributes);
    expect(selected.map((it) => it.attributes["value"])).toEqual(["US"]);
    expect(only(form, "input").attributes["value"]).toBe("(415) 555-0123");
  });

  test("say what was wrong above the field it is about, and to who listens", async () => {
    const form = await read({ errors: [{ field: "number", message: 'Like "1 < 2".' }] });
    const [select, input] = [only(form, "select"), only(form, "input")];
    expect(input.attributes).toMatchObject({ "aria-invalid": "true", "aria-describedby": "number-error" });
    expect(select.attributes).not.toHaveProperty("aria-invalid");
    const said = only(form, "p");
    expect([said.attributes["id"], text(said)]).toEqual(["number-error", 'Like "1 < 2".']);
    const atCountry = await read({ errors: [{ field: "country", message: "Choose a country." }] });
    expect(only(atCountry, "select").attributes).toMatchObject({ "aria-describedby": "country-error" });
  });

  test("have the names that the app says", async () => {
    const form = await read({ names: { country: "phone[country]", number: "phone[number]" } });
    expect(only(form, "select").attributes).toMatchObject({ id: "phone[country]", name: "phone[country]" });
    expect(only(form, "input").attributes).toMatchObject({ id: "phone[number]", name: "phone[number]" });
    expect(find(form, "label").map((it) => it.attributes["for"])).toEqual([
      "phone[country]",
      "phone[number]",
    ]);
  });

  test("let nothing out of its quotes, and bring no script and no style", async () => {
    const evil = `"><script>alert('1')</script>&amp;`;
    const html = await phoneFields({ country: evil, number: evil, names: { country: evil, number: evil } });
    const form = parse(`<!doctype html>${html}`);
    expect(find(form, "script")).toEqual([]);
    expect(only(form, "input").attributes).toMatchObject({ id: evil, name: evil, value: evil });
    expect(only(form, "select").attributes).toMatchObject({ id: evil, name: evil });
    expect(await phoneFields()).not.toMatch(/<style|<script|style=|\son[a-z]+=/i);
  });
});
