import { numberIn } from "./dialect.ts";
import type { WireEntry } from "./dialect.ts";

/** A message as its sender numbered it. */
export const mark = (sender: string, number: number): string => `${sender}/${number}`;

/** The log of a group as the first device that saw each entry saw it: all the others have to see the same. */
export class SharedLog {
  readonly #marks: string[] = [];

  get head(): number {
    return this.#marks.length;
  }

  /** Answers what is wrong with an entry that a device was given at this place, if anything. */
  see({ seq, sender_id, content }: WireEntry): string | undefined {
    const seen = mark(sender_id, content === undefined ? 0 : numberIn(content));
    const known = this.#marks[seq - 1];
    if (known === undefined && seq === this.#marks.length + 1) this.#marks.push(seen);
    else if (known !== seen) return `entry ${seq} is ${seen}, and was ${known ?? "not there"}`;
    return undefined;
  }

  at(seq: number): string | undefined {
    return this.#marks[seq - 1];
  }

  /** What is wrong with what senders were told: `acked` by message, and what must not be there. */
  contradictions(acked: ReadonlyMap<string, number>, absent: ReadonlySet<string>): string[] {
    const wrong: string[] = [];
    const places = new Map<string, number>();
    for (const [index, message] of this.#marks.entries()) {
      if (message.endsWith("/0")) continue;
      if (places.has(message)) wrong.push(`${message} is there twice, at ${places.get(message)} and ${index + 1}`);
      if (absent.has(message)) wrong.push(`${message} was refused and is there, at ${index + 1}`);
      places.set(message, index + 1);
    }
    for (const [message, seq] of acked)
      if (places.get(message) !== seq) wrong.push(`${message} was acknowledged as ${seq}, is ${places.get(message)}`);
    if (places.size > acked.size) wrong.push(`${places.size} messages are there, ${acked.size} were acknowledged`);
    return wrong;
  }
}
