// Verifies a log with the code of Go's checksum database alone (golang.org/x/mod/sumdb/note and tlog): the signature,
// every entry against the tiles under the signed root, the growth from an older checkpoint, and one proof as a file.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

type tiles struct{ folder string }

func (t tiles) Height() int                       { return height }
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range wanted {
		data, err := os.ReadFile(filepath.Join(t.folder, "tile", strings.TrimPrefix(tile.Path(), "tile/8/")))
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

func open(data []byte, key note.Verifier) (tlog.Tree, error) {
	opened, err := note.Open(data, note.VerifierList(key))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != key.Name() || lines[3] != "" {
		return tlog.Tree{}, errors.New("the checkpoint is not three lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func entries(folder string, tree tlog.Tree, reader tlog.HashReader) error {
	for start := int64(0); start < tree.N; start += 1 << height {
		tile := tlog.Tile{H: height, L: 0, N: start >> height, W: 1 << height}
		if left := tree.N - start; left < 1<<height {
			tile.W = int(left)
		}
		path := strings.TrimPrefix(tile.Path(), "tile/8/0/")
		data, err := os.ReadFile(filepath.Join(folder, "tile", "entries", path))
		if err != nil {
			return err
		}
		var places []int64
		var hashes []tlog.Hash
		for len(data) > 0 {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				return fmt.Errorf("the bundle of entry %d is cut short", start)
			}
			end := 2 + int(binary.BigEndian.Uint16(data))
			places = append(places, tlog.StoredHashIndex(0, start+int64(len(places))))
			hashes = append(hashes, tlog.RecordHash(data[2:end]))
			data = data[end:]
		}
		signed, err := reader.ReadHashes(places)
		if err != nil {
			return err
		}
		if len(hashes) != tile.W {
			return fmt.Errorf("the bundle of entry %d has %d entries, not %d", start, len(hashes), tile.W)
		}
		for at := range hashes {
			if hashes[at] != signed[at] {
				return fmt.Errorf("entry %d is not the one that was signed", start+int64(at))
			}
		}
	}
	return nil
}

func proof(data []byte, key note.Verifier) error {
	head, signed, found := strings.Cut(string(data), "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("the proof is not one")
	}
	leaf, err := base64.StdEncoding.Strict().DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if err != nil {
		return err
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	if err != nil {
		return err
	}
	var hashes tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		hashes = append(hashes, hash)
	}
	tree, err := open([]byte(signed), key)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(hashes, tree.N, tree.Hash, index, tlog.RecordHash(leaf))
}

func verify(folder string) error {
	text, err := os.ReadFile(filepath.Join(folder, "log.vkey"))
	if err != nil {
		return err
	}
	key, err := note.NewVerifier(strings.TrimSpace(string(text)))
	if err != nil {
		return err
	}
	var trees []tlog.Tree
	for _, name := range []string{"older", "checkpoint"} {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return err
		}
		tree, err := open(data, key)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		trees = append(trees, tree)
	}
	reader := tlog.TileHashReader(trees[1], tiles{folder})
	if err := entries(folder, trees[1], reader); err != nil {
		return err
	}
	grown, err := tlog.ProveTree(trees[1].N, trees[0].N, reader)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(grown, trees[1].N, trees[1].Hash, trees[0].N, trees[0].Hash); err != nil {
		return err
	}
	data, err := os.ReadFile(filepath.Join(folder, "entry.tlog-proof"))
	if err != nil {
		return err
	}
	if err := proof(data, key); err != nil {
		return fmt.Errorf("entry.tlog-proof: %w", err)
	}
	fmt.Printf("%d entries\n", trees[1].N)
	return nil
}

func main() {
	if err := verify(os.Args[1]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
