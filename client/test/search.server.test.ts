import { expect, test } from "vitest";
import { memoryStore } from "../src/index.ts";
import { Search, searchableStore } from "../src/search/index.ts";
import { texts, useServer } from "./support/real-server.ts";
import { eventually } from "./support/server.ts";

const { newName, join } = useServer();

test("[SRCH-9] what the server finds and what only the device can read are one list, the newest first", async () => {
  const [annName, benName] = [newName("ann"), newName("ben")];
  // As if it were decrypted.
  const textOf = ({ type, content }: { type: string; content: string }) =>
    type === "encrypted" ? content.replace("sealed:", "") : content;
  const ann = join(annName, searchableStore(memoryStore(), { textOf }));
  const ben = join(benName);
  await Promise.all([ann.connect(), ben.connect()]);
  const { conversation_id: id } = await ben.createDirect(annName);
  await ben.send(id, "plum one").sent;
  await ben.send(id, "sealed:plum two", { type: "encrypted" }).sent;
  await ben.send(id, "plum three").sent;
  await ben.send(id, "apple").sent;
  await eventually(() => texts(ann, id).length === 4);
  const search = new Search(ann, "plum", { limit: 2 });
  const shown = [...(await search.more()), ...(await search.more())];
  expect(shown.map(({ content }) => content)).toEqual(["plum three", "sealed:plum two", "plum one"]);
  expect([search.done, search.incomplete, search.offline]).toEqual([true, [], undefined]);
  await expect(ben.search("plum", { limit: 1 })).resolves.toMatchObject({ results: [{ content: "plum three" }] });
  await expect(ann.search("has:cake")).rejects.toMatchObject({ code: "bad_request" });
});
