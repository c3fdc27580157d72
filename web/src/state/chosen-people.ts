import { useState } from "preact/hooks";
import { strings } from "../strings.ts";
import { normaliseName } from "../text/names.ts";
import { useChat } from "./client-context.ts";

/** What one call takes. */
const ADDED_MAX = 1000;

export interface Added {
  readonly people: readonly string[];
  readonly problem: string | undefined;
}

/** Adds the names of `text`, separated by commas, to those chosen already. */
const addPeople = (chosen: readonly string[], text: string, userId: string, folding: boolean): Added => {
  const people = [...chosen];
  for (const part of text.split(/[,;]/)) {
    const person = normaliseName(part, folding);
    if (!person.ok && person.reason === "empty") continue;
    if (!person.ok) return { people, problem: strings.nameProblems[person.reason] };
    if (person.id === userId || people.includes(person.id)) continue;
    if (people.length >= ADDED_MAX) return { people, problem: strings.peopleProblems.tooMany };
    people.push(person.id);
  }
  return { people, problem: undefined };
};

export interface ChosenPeople {
  readonly people: readonly string[];
  readonly typed: string;
  readonly problem: string | undefined;
  type(text: string): void;
  /** Takes what is typed (or `text`) among the chosen ones. */
  add(text?: string): Added;
  remove(person: string): void;
  complain(problem: string | undefined): void;
}

/** People that are being chosen by name. */
export const useChosenPeople = (): ChosenPeople => {
  const { userId, folding } = useChat();
  const [state, setState] = useState<Added & { readonly typed: string }>({ people: [], typed: "", problem: undefined });
  return {
    ...state,
    type: (typed) => setState((before) => ({ ...before, typed, problem: undefined })),
    add(text = state.typed) {
      const added = addPeople(state.people, text, userId, folding);
      setState({ ...added, typed: added.problem === undefined ? "" : text });
      return added;
    },
    remove: (person) =>
      setState((before) => ({ ...before, people: before.people.filter((one) => one !== person), problem: undefined })),
    complain: (problem) => setState((before) => ({ ...before, problem })),
  };
};
