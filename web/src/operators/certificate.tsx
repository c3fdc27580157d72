import { canonicalJson, type Erasure } from "@parley/client/admin";
import type { JSX } from "preact";
import { momentWords } from "../text/times.ts";
import { saveFile } from "./download.ts";
import { ActButton, Facts } from "./parts.tsx";
import { words } from "./words.ts";

/** What an erasure came to. */
export const Certificate = ({
  certificate,
}: {
  readonly certificate: NonNullable<Erasure["certificate"]>;
}): JSX.Element => {
  const { removed, remains, horizons, user_id, hash } = certificate;
  const save = (): void => {
    const text = new Blob([`${canonicalJson(certificate)}\n`], { type: "application/json" });
    saveFile(text, `parley-erasure-${user_id}.json`);
  };
  return (
    <div class="op-certificate" data-testid="certificate">
      <h3>{words.certificate}</h3>
      <Facts
        of={[
          ...Object.entries(removed).map(([what, many]) => [words.removed(what), many] as const),
          ...remains.map(({ what, count, why }) => {
            const much = count === undefined ? why : `${String(count)}: ${why}`;
            return [words.remains(what), much] as const;
          }),
          ...horizons.map(({ what, days, until }) => {
            const gone = until === undefined ? "" : `, ${momentWords(until)}`;
            return [words.horizon(what), words.horizonDays(days) + gone] as const;
          }),
          ["SHA-256", hash],
        ]}
      />
      <ActButton label={words.saveCertificate} testId="certificate-save" onClick={save} />
    </div>
  );
};
