import type { Founding } from "../../core/conversation/founding.ts";
import type { Home } from "../../core/inbox/home.ts";
import type { ProfileFields } from "../../core/inbox/profile.ts";
import { channelConversationId, directConversationId, groupConversationId } from "../../platform/conversation-ids.ts";
import { failure } from "../../platform/failure.ts";
import type { Regions } from "../../platform/regions.ts";
import { callObject } from "../../platform/retry.ts";
import type { Stubs } from "../../platform/stubs.ts";
import type { FoundingWish, OwnProfile, PeerRpc } from "../../rpc/user-rpc.ts";
import type { ConversationId, UserId } from "../../shared/ids.ts";
import type { Result } from "../../shared/result.ts";

export interface PlacesDeps {
  readonly user: UserId;
  readonly regions: Pick<Regions, "names">;
  readonly home: Home;
  readonly peers: Stubs<PeerRpc>;
}

/** Where the user's conversations are, and so what their ids are. */
export class Places {
  readonly #deps: PlacesDeps;

  constructor(deps: PlacesDeps) {
    this.#deps = deps;
  }

  get home(): Home {
    return this.#deps.home;
  }

  /** [REG-2] His own profile says where he is at home, if there are several regions. */
  own(profile: ProfileFields, near: string | undefined): OwnProfile {
    const { regions, home } = this.#deps;
    return regions.names.length === 1 ? profile : { ...profile, home_region: home.fix(near) };
  }

  /** What is to be founded. The id follows from who asks for what, so that asking twice is asking once. */
  async founding(wish: FoundingWish, near: string | undefined): Promise<Result<Founding>> {
    const { user: founder, home } = this.#deps;
    if (wish.type === "direct") {
      const { type, user_id } = wish;
      const region = await this.#ofFirst(
        user_id,
        () => home.fix(near),
        (peer) => peer.settle(),
      );
      if (!region.ok) return region;
      const conversation_id = await directConversationId(region.value, founder, user_id);
      return { ok: true, value: { conversation_id, type, region: region.value, founder, members: [user_id] } };
    }
    const { type, name, avatar, members, client_message_id } = wish;
    const region = wish.region ?? home.fix(near);
    const idOf = type === "group" ? groupConversationId : channelConversationId;
    const conversation_id = await idOf(region, founder, client_message_id);
    return { ok: true, value: { conversation_id, type, region, founder, members, name, avatar } };
  }

  /** The direct conversation with somebody, whether or not there is one. `undefined`: nobody can have founded it. */
  async conversationWith(other: UserId): Promise<Result<ConversationId | undefined>> {
    const { user, home } = this.#deps;
    const region = await this.#ofFirst(
      other,
      () => home.region,
      (peer) => peer.homeRegion(),
    );
    if (!region.ok) return region;
    if (region.value === undefined) return { ok: true, value: undefined };
    return { ok: true, value: await directConversationId(region.value, user, other) };
  }

  /** [REG-3] The one whose id sorts first says where two people's conversation is. With one region nobody is asked. */
  async #ofFirst<T>(other: UserId, mine: () => T, theirs: (peer: PeerRpc) => Promise<T>): Promise<Result<T>> {
    const { user, regions, peers } = this.#deps;
    if (regions.names.length === 1 || user < other) return { ok: true, value: mine() };
    try {
      return { ok: true, value: await callObject(peers, other, theirs) };
    } catch (error) {
      return failure("user", "homeRegion", error);
    }
  }
}
