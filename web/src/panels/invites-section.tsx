import type { Invite } from "@parley/client";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { IconButton } from "../components/icons.tsx";
import { useChat } from "../state/client-context.ts";
import { attempt } from "../state/notice.ts";
import { useRemote } from "../state/remote.ts";
import { joinAddress } from "../state/route.ts";
import { strings, wordsFor } from "../strings.ts";
import { momentWords } from "../text/times.ts";
import type { ConversationId } from "../types.ts";
import { Choice } from "./choice.tsx";

const words = strings.group;
const DAY = 86_400;
const SPANS = [DAY, 7 * DAY, 28 * DAY, 0] as const;
const USES = [0, 1, 10, 100] as const;

const aboutInvite = ({ uses, max_uses: most, expires_at: expires }: Invite): string =>
  [words.inviteUsed(uses, most), ...(expires === undefined ? [] : [words.inviteUntil(momentWords(expires))])].join(
    ", ",
  );

const Row = ({ invite, onRevoke }: { readonly invite: Invite; readonly onRevoke: () => void }): JSX.Element => {
  const address = joinAddress(invite.token);
  return (
    <li class="invite" data-testid="invite" data-token={invite.token}>
      <span class="invite-words">
        <span class="invite-address" title={address}>
          {address}
        </span>
        <span class="person-note">{aboutInvite(invite)}</span>
      </span>
      <IconButton
        icon="copy"
        label={words.inviteCopy}
        testId="invite-copy"
        onClick={() => void attempt(navigator.clipboard.writeText(address), words.inviteCopied)}
      />
      <IconButton icon="bin" label={words.inviteRevoke} testId="invite-revoke" onClick={onRevoke} />
    </li>
  );
};

/** Links by which others join: made with an end and a number of uses, copied, and taken back. */
export const InvitesSection = ({ id }: { readonly id: ConversationId }): JSX.Element => {
  const { client } = useChat();
  const [span, setSpan] = useState<number>(SPANS[1]);
  const [uses, setUses] = useState<number>(USES[0]);
  const invites = useRemote(() => client.invites(id), [client, id]);
  const make = async (): Promise<void> => {
    const options = {
      ...(span === 0 ? {} : { expires_in: span }),
      ...(uses === 0 ? {} : { max_uses: uses }),
    };
    if (await attempt(client.createInvite(id, options))) invites.again();
  };
  const revoke = async (token: string): Promise<void> => {
    if (await attempt(client.revokeInvite(id, token), words.inviteRevoked)) invites.again();
  };
  return (
    <>
      <p class="hint">{words.invitesLead}</p>
      {invites.at === "failed" && <p class="problem">{wordsFor(invites.error)}</p>}
      <ul class="people">
        {invites.at === "there" &&
          invites.value.map((invite) => (
            <Row key={invite.token} invite={invite} onRevoke={() => void revoke(invite.token)} />
          ))}
      </ul>
      <div class="choices">
        <Choice
          label={words.inviteExpires}
          value={String(span)}
          options={SPANS.map((seconds) => [String(seconds), seconds === 0 ? words.unlimited : words.spans(seconds)])}
          testId="invite-expires"
          disabled={false}
          onChange={(value) => setSpan(Number(value))}
        />
        <Choice
          label={words.inviteUses}
          value={String(uses)}
          options={USES.map((count) => [String(count), count === 0 ? words.unlimited : String(count)])}
          testId="invite-uses"
          disabled={false}
          onChange={(value) => setUses(Number(value))}
        />
      </div>
      <button type="button" class="button button-plain" data-testid="invite-new" onClick={() => void make()}>
        {words.inviteNew}
      </button>
    </>
  );
};
