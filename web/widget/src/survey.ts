// How it went: the form below the words that ask, and the thanks in its place once it is given.

import { h } from "./dom";
import type { WireSurvey } from "./wire";
import type { Words } from "./words";

export interface Answer {
  readonly survey: string;
  readonly score: number;
  readonly scores: Readonly<Record<string, number>>;
  readonly comment: string;
}

const MARKS = [1, 2, 3, 4, 5] as const;
const LONGEST_COMMENT = 1000;

let made = 0;

export class SurveyForm {
  readonly element: HTMLElement;
  readonly #form: HTMLFormElement;
  readonly #told: HTMLElement;
  readonly #thanks: HTMLElement;
  readonly #words: Words;
  #shown: WireSurvey;

  constructor(survey: WireSurvey, words: Words, give: (answer: Answer) => void) {
    this.#words = words;
    this.#shown = survey;
    this.#told = h("p", { class: "told", role: "status" });
    this.#form = this.#made(survey, give);
    this.#thanks = h(
      "div",
      { class: "thanks", tabindex: "-1" },
      h("p", {}, words.surveyThanks),
      h("button", { type: "button", class: "small", onclick: () => this.#open() }, words.change),
    );
    this.element = h("div", { class: "survey" }, this.#form, this.#thanks);
    this.#stand(survey.score !== null);
  }

  /** What the desk says of it now: a fresh answer closes the form, a refusal is told of there. */
  draw(survey: WireSurvey): void {
    if (survey === this.#shown) return;
    this.#shown = survey;
    this.#told.textContent = survey.failed ? this.#refusal(survey.failed) : "";
    if (!survey.failed) this.#stand(true);
  }

  #made(survey: WireSurvey, give: (answer: Answer) => void): HTMLFormElement {
    const { surveyWhole, send, surveyMore } = this.#words;
    const more = h("div", { hidden: survey.score === null });
    const comment = h("textarea", { "aria-label": surveyMore, placeholder: surveyMore });
    comment.maxLength = LONGEST_COMMENT;
    comment.value = survey.comment;
    for (const name of survey.dimensions)
      more.append(this.#marks(name, this.#named(name), survey.scores[name]));
    more.append(comment, this.#told, h("button", { type: "submit", class: "give" }, send));
    const form = h("form", {}, this.#marks("", surveyWhole, survey.score), more);
    form.addEventListener("change", () => {
      if (!more.hidden) return;
      more.hidden = false;
      more.scrollIntoView({ block: "nearest" });
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const given = new Map(
        [...form.querySelectorAll<HTMLInputElement>("input:checked")].map((input) => [
          input.dataset.of ?? "",
          Number(input.value),
        ]),
      );
      const score = given.get("");
      if (!score) return;
      given.delete("");
      this.#told.textContent = this.#words.sending;
      give({
        survey: survey.id,
        score,
        scores: Object.fromEntries(given),
        comment: comment.value.trim(),
      });
    });
    return form;
  }

  #marks(name: string, legend: string, given?: number | null): HTMLElement {
    const group = `survey${++made}`;
    return h(
      "fieldset",
      {},
      h("legend", {}, legend),
      ...MARKS.map((mark) =>
        h(
          "label",
          { title: this.#named(`${mark}`) },
          h("input", {
            type: "radio",
            name: group,
            value: mark,
            checked: mark === given,
            required: !name,
            "data-of": name,
            "aria-label": `${mark} ${this.#named(`${mark}`)}`,
          }),
          h("span", { "aria-hidden": "true" }, "★"),
        ),
      ),
    );
  }

  #named(what: string): string {
    return this.#words[`survey_${what}` as keyof Words] ?? what;
  }

  #refusal(code: string): string {
    return code === "survey_over" ? this.#words.surveyOver : this.#words.surveyFailed;
  }

  #open(): void {
    this.#stand(false);
    this.#form.querySelector<HTMLInputElement>("input:checked")?.focus();
  }

  #stand(given: boolean): void {
    const held = this.#form.contains((this.#form.getRootNode() as ShadowRoot).activeElement);
    this.#form.hidden = given;
    this.#thanks.hidden = !given;
    if (given && held) this.#thanks.focus();
  }
}
