import type { ParleyClient } from "@parley/client";
import { useChat, useClientEvents } from "./client-context.ts";

/** How people are called and what they look like. Who has no name goes by the id. */
export interface People {
  readonly name: (userId: string) => string;
  readonly picture: (userId: string) => string | undefined;
}

export const peopleOf = (client: ParleyClient): People => ({
  name: (userId) => {
    const { display_name: name, username } = client.person(userId) ?? {};
    return name || username || userId;
  },
  picture: (userId) => client.person(userId)?.avatar,
});

/** The same for what is on the screen: shown anew when somebody changes. */
export const usePeople = (): People => {
  const { client } = useChat();
  useClientEvents(["people"]);
  return peopleOf(client);
};
