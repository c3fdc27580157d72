CREATE TABLE `entries` (
	`conversation_id` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
	`seq` bigint NOT NULL,
	`at` bigint NOT NULL,
	`sender_id` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
	`client_id` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	`kind` varchar(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
	`mentions` mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	`body` mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
	`edited` mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	`deleted_seq` bigint,
	`deleted_at` bigint,
	`thread` bigint,
	`expires_at` bigint,
	`hidden_from` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	`version` bigint NOT NULL,
	CONSTRAINT `entries_conversation_id_seq_pk` PRIMARY KEY(`conversation_id`,`seq`)
);
--> statement-breakpoint
CREATE INDEX `entries_by_thread` ON `entries` (`conversation_id`,`thread`,`seq`);