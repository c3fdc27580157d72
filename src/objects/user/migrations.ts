import initial from "../../../migrations/user/0001-initial.sql";
import groups from "../../../migrations/user/0002-groups.sql";
import devices from "../../../migrations/user/0003-devices.sql";
import tails from "../../../migrations/user/0004-tails.sql";
import blocks from "../../../migrations/user/0005-blocks.sql";
import push from "../../../migrations/user/0006-push.sql";
import home from "../../../migrations/user/0007-home.sql";
import duties from "../../../migrations/user/0008-duties.sql";
import erasure from "../../../migrations/user/0009-erasure.sql";
import type { Migration } from "../../core/migrations.ts";

export const USER_MIGRATIONS: readonly Migration[] = [
  { name: "0001-initial", statements: initial },
  { name: "0002-groups", statements: groups },
  { name: "0003-devices", statements: devices },
  { name: "0004-tails", statements: tails },
  { name: "0005-blocks", statements: blocks },
  { name: "0006-push", statements: push },
  { name: "0007-home", statements: home },
  { name: "0008-duties", statements: duties },
  { name: "0009-erasure", statements: erasure },
];
