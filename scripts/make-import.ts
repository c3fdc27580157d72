/**
 * Lines of an import out of nothing, to try one: `node scripts/make-import.ts --messages 100000 > moved.jsonl`. The same seed makes the same
 * lines. docs/import.md says what they are.
 */
import { parseArgs } from "node:util";
import { oldSystem } from "./old-system.ts";

const { values } = parseArgs({
  options: {
    messages: { type: "string", default: "1000" },
    conversations: { type: "string", default: "20" },
    people: { type: "string", default: "12" },
    seed: { type: "string", default: "1" },
    prefix: { type: "string", default: "" },
  },
});
const { prefix } = values;
const numbers = {
  messages: values.messages,
  conversations: values.conversations,
  people: values.people,
  seed: values.seed,
};
const wanted = Object.fromEntries(Object.entries(numbers).map(([name, text]) => [name, Number(text)]));
if (Object.values(wanted).some((count) => !Number.isInteger(count) || count < 0))
  throw new TypeError("numbers, please");
for (const line of oldSystem({ messages: 0, conversations: 0, people: 0, seed: 0, ...wanted, prefix }))
  if (!process.stdout.write(`${JSON.stringify(line)}\n`))
    await new Promise((resolve) => process.stdout.once("drain", resolve));
