import { useState } from "preact/hooks";
import { strings, wordsFor } from "../strings.ts";
import { useChat, type Chat } from "./client-context.ts";
import { findPerson } from "./find-person.ts";

/** What one call takes. */
const ADDED_MAX = 1000;

export interface Added {
  readonly people: readonly string[];
  readonly problem: string | undefined;
}

/** Adds the names of `text`, separated by commas, to those chosen already. */
const addPeople = async (chosen: readonly string[], text: string, chat: Chat): Promise<Added> => {
  const { client, userId, folding } = chat;
  const people = [...chosen];
  for (const part of text.split(/[,;]/)) {
    const person = await findPerson(client, part, folding).catch((error: unknown) => ({ problem: wordsFor(error) }));
    if ("problem" in person) return { people, problem: person.problem };
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
  add(text?: string): Promise<Added>;
  remove(person: string): void;
  complain(problem: string | undefined): void;
}

/** People that are being chosen by name. */
export const useChosenPeople = (): ChosenPeople => {
  const chat = useChat();
  const [state, setState] = useState<Added & { readonly typed: string }>({ people: [], typed: "", problem: undefined });
  return {
    ...state,
    type: (typed) => setState((before) => ({ ...before, typed, problem: undefined })),
    async add(text = state.typed) {
      setState((before) => ({ ...before, typed: text }));
      const added = await addPeople(state.people, text, chat);
      // Meanwhile somebody may have typed on, or chosen others.
      setState((before) => ({
        people: [...new Set([...before.people, ...added.people])],
        problem: added.problem,
        typed: added.problem === undefined && before.typed === text ? "" : before.typed,
      }));
      return added;
    },
    remove: (person) =>
      setState((before) => ({ ...before, people: before.people.filter((one) => one !== person), problem: undefined })),
    complain: (problem) => setState((before) => ({ ...before, problem })),
  };
};
