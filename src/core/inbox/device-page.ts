import type { DeviceId } from "../../shared/ids.ts";
import type { Result } from "../../shared/result.ts";
import { toIso } from "../../shared/time.ts";
import { pageOf } from "../conversation/pages.ts";
import type { ListPage } from "../conversation/pages.ts";
import { reachOf } from "../presence/reach.ts";
import type { Signs } from "../presence/reach.ts";
import type { Device } from "./devices.ts";

/** What is asked: whose list, on which device, and which of them are connected. */
export interface DeviceListing {
  readonly devices: readonly Device[];
  readonly connected: ReadonlyMap<DeviceId, Signs>;
  readonly current: DeviceId | undefined;
  readonly now: number;
}

const json = ({ connected, current, now }: DeviceListing, device: Device): string => {
  const signs = connected.get(device.device_id);
  return JSON.stringify({
    device_id: device.device_id,
    name: device.name,
    platform: device.platform,
    last_seen: toIso(Math.max(device.lastSeen, signs?.lastHeardAt ?? 0)),
    status: reachOf(signs, now),
    current: device.device_id === current ? true : undefined,
  });
};

/** A page of the user's devices as JSON, the one that registered first in front. */
export const devicePage = (listing: DeviceListing, page: ListPage): Result<string> =>
  pageOf(page, {
    noun: "devices",
    letter: "d",
    first: { seq: 0, key: "" },
    read: ({ seq, key }, limit) =>
      listing.devices
        .filter((one) => one.registeredAt > seq || (one.registeredAt === seq && one.device_id > key))
        .slice(0, limit),
    place: (device) => ({ seq: device.registeredAt, key: device.device_id }),
    json: (devices) => devices.map((device) => json(listing, device)),
  });
