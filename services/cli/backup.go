package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"peerscrip/db"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// maxBackup bounds the size in bytes of a backup, and maxImage that of the purse's
// image in one.
const (
	maxBackup = 320 << 20
	maxImage  = maxBackup/4*3 - 4096 // base64, and the frame
)

var errDrill = errors.New("the backup does not hold what the wallet holds: it was not kept")

// BackedUp is what a backup holds.
type BackedUp struct {
	File     string      `json:"file"`
	Total    scrip.Money `json:"total"`
	Pieces   int         `json:"pieces"` // of scrip
	Receipts int         `json:"receipts"`
	Bare     int         `json:"bare"` // of the receipts, the oldest: without what was signed, for which there was no room
}

func (b BackedUp) print(p *page) {
	p.printf("backed up: %s in %d pieces, %d receipts; it was opened in a second purse and holds the same\n", p.say(b.Total), b.Pieces, b.Receipts)
	if b.Bare > 0 {
		p.printf("There was no room for what was signed of the %d oldest receipts: from this backup they prove nothing. "+
			"\"peerscrip wallet receipts --bundle ORDER\" writes one that does to a file of its own.\n", b.Bare)
	}
	p.printf("It is as good as it is fresh: back up again after each payment. The passphrase opens it, and nothing else.\n")
}

// BackUp writes the purse, encrypted under the passphrase, to a file in place of
// what is there. First it opens what it wrote in a second purse, and compares. What
// was signed of the oldest receipts stays out where there is no room for all of it.
func (w *Wallet) BackUp(ctx context.Context, file string) (BackedUp, error) {
	w.finish(ctx)
	held, err := w.Inventory(ctx)
	if err != nil {
		return BackedUp{}, err
	}
	image, err := w.image(ctx, maxImage)
	if err != nil {
		return BackedUp{}, err
	}
	sealed, err := w.SealBackup(ctx, image)
	if err != nil {
		return BackedUp{}, err
	}
	fresh, err := writeBeside(file, sealed)
	if err != nil {
		return BackedUp{}, err
	}
	found, err := w.drill(ctx, fresh, held)
	if err != nil {
		return BackedUp{}, errors.Join(err, os.Remove(fresh))
	}
	if err := os.Rename(fresh, file); err != nil {
		return BackedUp{}, fmt.Errorf("keep the backup: %w", err)
	}
	return BackedUp{file, held.Balance.Total, len(held.Scrip), held.Receipts, found.Bare}, nil
}

// image is the purse's image, of at most so many bytes where that is possible.
func (w *Wallet) image(ctx context.Context, most int) ([]byte, error) {
	image, err := w.purse.Image(ctx)
	if err != nil || len(image) <= most {
		return image, err
	}
	err = scratch(func(data string) error {
		path := folder.At(data).Purse()
		if err := db.PutImage(path, image); err != nil {
			return err
		}
		copied, err := db.Open(ctx, path, db.Wallet)
		if err != nil {
			return err
		}
		purse, err := db.NewPurse(copied)
		if err == nil {
			image, err = w.Thin(ctx, purse, most)
		}
		return errors.Join(err, copied.Close())
	})
	return image, err
}

// scratch lends a folder that nobody else reads and that is gone afterwards: a copy of
// a purse that stays behind is an error.
func scratch(use func(data string) error) (err error) {
	data, err := os.MkdirTemp("", "peerscrip-backup-*") // mode 0700
	if err != nil {
		return fmt.Errorf("make a folder for a copy of the purse: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	return use(data)
}

// writeBeside writes a file next to where it is to be.
func writeBeside(file string, content []byte) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".new-*") // mode 0600
	if err != nil {
		return "", fmt.Errorf("write the backup: %w", err)
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", fmt.Errorf("write the backup: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return f.Name(), nil
}

// drill restores a backup into a second purse, which is gone afterwards, and
// returns what it holds: errDrill when that is not what is held here.
func (w *Wallet) drill(ctx context.Context, file string, held wallet.Inventory) (wallet.Inventory, error) {
	found := wallet.Inventory{}
	err := scratch(func(data string) error {
		second := w.config
		second.Data, second.Out = data, io.Discard
		if err := putBackup(second, file); err != nil {
			return fmt.Errorf("try the backup: %w", err)
		}
		q, err := Open(ctx, second)
		if err != nil {
			return fmt.Errorf("try the backup: %w", err)
		}
		if err = q.Unlock(ctx); err == nil {
			found, err = q.Inventory(ctx)
		}
		if err == nil && !found.Equal(held) {
			err = errDrill
		}
		return errors.Join(err, q.Close())
	})
	return found, err
}

// putBackup makes the purse in a data folder of a backup.
func putBackup(c Config, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	b, err := io.ReadAll(io.LimitReader(f, maxBackup+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("read the backup: %w", err)
	}
	if len(b) > maxBackup {
		return wallet.ErrBackup
	}
	image, err := wallet.OpenBackup(wallet.Config{Passphrase: c.Passphrase, Key: c.Key}, b)
	if err != nil {
		return err
	}
	return db.PutImage(folder.At(c.Data).Purse(), image)
}

// whatIsLost is said of every restore.
const whatIsLost = `restored. A backup gives back the money that has not moved since it was made:
  * what was spent or exchanged since is refused by its issuer, and set aside;
  * change and money that came since is not in it, nor are receipts, nor stalls first met since.
`

// What is said of copies elsewhere, once the issuers have answered.
const (
	copiesWorthless = "every scrip was renewed: other copies of this wallet are worth nothing. Back it up anew.\n"
	copiesMayLive   = "not every scrip could be renewed: another copy of this wallet may still spend what is left.\n"
)

// Restored is what a backup gave back.
type Restored struct {
	Renewed bool    `json:"renewed"` // every scrip: other copies of the wallet are worth nothing
	Balance Balance `json:"balance"`
}

func (r Restored) print(p *page) {
	p.printf(whatIsLost)
	if r.Renewed {
		p.printf(copiesWorthless)
	} else {
		p.printf(copiesMayLive)
	}
	r.Balance.print(p)
}

// OpenBackup makes the purse in a data folder of a backup, and opens it as Open does.
// wallet.ErrExists when there is a wallet. ReclaimAll is to follow.
func OpenBackup(ctx context.Context, c Config, file string) (*Wallet, error) {
	lock, err := folder.At(c.Data).LockPurse()
	if err != nil {
		return nil, err
	}
	w, err := restored(ctx, c, file)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	w.lock = lock
	return w, nil
}

// ReclaimAll asks the issuers for fresh scrip in place of what is in a purse that was
// restored, so that the balance is what is really there.
func (w *Wallet) ReclaimAll(ctx context.Context) (Restored, error) {
	whole, asked := w.Reclaim(ctx)
	if asked != nil {
		asked = fmt.Errorf("not every issuer could be asked; say \"peerscrip wallet balance\" later: %w", asked)
	}
	balance, err := w.Settled(ctx)
	return Restored{whole, balance}, errors.Join(asked, err)
}

// restored makes the purse of a backup and opens it.
func restored(ctx context.Context, c Config, file string) (*Wallet, error) {
	if err := makeRoom(ctx, c); err != nil {
		return nil, err
	}
	if err := putBackup(c, file); err != nil {
		return nil, err
	}
	return openPurse(ctx, c)
}

// makeRoom takes away the purse without a wallet that any command leaves in a
// folder: wallet.ErrExists for one that has a wallet.
func makeRoom(ctx context.Context, c Config) error {
	if !folder.At(c.Data).HasPurse() {
		return nil
	}
	w, err := openPurse(ctx, c)
	if err != nil {
		return err
	}
	_, err = w.settings.Purse.Owner(ctx)
	if err == nil {
		err = wallet.ErrExists
	} else if errors.Is(err, scrip.ErrAbsent) {
		err = nil
	}
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}
	return os.Remove(folder.At(c.Data).Purse())
}
