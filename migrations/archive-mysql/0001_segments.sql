CREATE TABLE `segments` (
	`conversation_id` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
	`first_seq` bigint NOT NULL,
	`last_seq` bigint NOT NULL,
	`state` varchar(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
	`blob_key` varchar(512) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
	`sha256` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
	`entries` bigint NOT NULL,
	`bytes` bigint NOT NULL,
	`version` bigint NOT NULL,
	`sealed_at` bigint NOT NULL,
	`threads` mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	CONSTRAINT `segments_conversation_id_first_seq_pk` PRIMARY KEY(`conversation_id`,`first_seq`)
);
