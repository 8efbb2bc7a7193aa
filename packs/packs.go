// Package packs embeds the law as data: each folder is a pack.
package packs

import "embed"

// FS holds the shipped packs, a folder each.
//
//go:embed all:ew-investigation all:process-logs
var FS embed.FS
