import type { PersonalData } from "../../core/personal/personal-data.ts";
import type { Parts } from "./parts.ts";

/** What this object knows of its user, for an export. */
export const personalDataOf = ({ profile, places, inbox, addresses, blocks }: Parts): PersonalData => ({
  profile: profile.fields,
  home_region: places.home.region,
  devices: inbox.devices.all(),
  pushed: Array.from(addresses, ([device_id, { address, registeredAt }]) => ({
    device_id,
    kind: address.kind,
    registeredAt,
  })),
  blocked: blocks.list(),
  conversations: inbox.keys().map(({ conversation_id }) => conversation_id),
});
