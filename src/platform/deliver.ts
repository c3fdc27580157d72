import type { Delivery, DeliveryAnswer } from "../core/conversation/delivery.ts";
import type { MemberRpc } from "../rpc/user-rpc.ts";
import type { UserId } from "../shared/ids.ts";
import type { Stubs } from "./stubs.ts";

/** One call to a member's object. Not repeated here: the outbox knows better what to send again, and when. */
export const deliverTo = async (
  members: Stubs<MemberRpc>,
  user: UserId,
  delivery: Delivery,
): Promise<DeliveryAnswer> => {
  try {
    return await members.get(user).deliver(delivery);
  } catch (error) {
    members.drop(user);
    throw error;
  }
};
