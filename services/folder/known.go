package folder

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"peerscrip/services/scrip"
)

// Certificate is what a stand-alone stall keeps of the broker's word for it.
type Certificate struct {
	Vendor scrip.VendorID `json:"vendor"`
	Signed string         `json:"certificate"`
}

// Certificate is the stand-alone stall's: fs.ErrNotExist when there is none.
func (f Folder) Certificate() (Certificate, error) {
	var kept Certificate
	b, err := f.stall.Read(certificateFile)
	if err == nil {
		err = json.Unmarshal(b, &kept)
	}
	if err != nil {
		return Certificate{}, fmt.Errorf("read the stall's certificate: %w", err)
	}
	return kept, nil
}

// KeepCertificate puts the broker's word for the stall in the place of the one before, empty for none: ErrReplaced where
// another is there.
func (f Folder) KeepCertificate(c Certificate, before string) error {
	next, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return replace(f.stall, certificateFile, func(paper []byte) ([]byte, error) {
		var kept Certificate
		if paper != nil {
			if err := json.Unmarshal(paper, &kept); err != nil {
				return nil, fmt.Errorf("read the stall's certificate: %w", err)
			}
		}
		if kept.Signed != before {
			return nil, ErrReplaced
		}
		return next, nil
	})
}

// certificateFile is the paper with the broker's word for the stall.
const certificateFile = "certificate.json"

// brokerFile is what a process keeps of a broker that is elsewhere.
type brokerFile struct {
	ID            scrip.ID        `json:"id"`
	Name          string          `json:"name"`
	BaseURL       string          `json:"base_url"`
	Currency      string          `json:"currency"`
	Keys          scrip.Chain     `json:"keys"` // as far as they were followed
	MaxCharge     scrip.Money     `json:"max_charge"`
	ScripLifetime int64           `json:"scrip_lifetime"`
	Bank          scrip.BankTerms `json:"bank"`
}

// KnownBroker is what the broker elsewhere said of itself before, if it did.
func (f Folder) KnownBroker() (info scrip.BrokerInfo, known bool, err error) {
	b, err := os.ReadFile(f.knownBroker())
	if errors.Is(err, fs.ErrNotExist) {
		return scrip.BrokerInfo{}, false, nil
	}
	var kept brokerFile
	if err == nil {
		err = json.Unmarshal(b, &kept)
	}
	if err != nil {
		return scrip.BrokerInfo{}, false, fmt.Errorf("read what the broker said before: %w", err)
	}
	currency, err := scrip.ParseCurrency(kept.Currency)
	return scrip.BrokerInfo{
		ID: kept.ID, Name: kept.Name, BaseURL: kept.BaseURL, Currency: currency, Chain: kept.Keys,
		MaxCharge: kept.MaxCharge, ScripLifetime: kept.ScripLifetime, Bank: kept.Bank,
	}, true, err
}

// KeepBroker writes down what the broker elsewhere says of itself.
func (f Folder) KeepBroker(i scrip.BrokerInfo) error {
	return writeJSON(f.knownBroker(), brokerFile{
		ID: i.ID, Name: i.Name, BaseURL: i.BaseURL, Currency: i.Currency.Code, Keys: i.Chain,
		MaxCharge: i.MaxCharge, ScripLifetime: i.ScripLifetime, Bank: i.Bank,
	})
}

// KnownHead is the last head of its log that the broker elsewhere was seen to
// sign; empty before the first.
func (f Folder) KnownHead() (string, error) {
	b, err := os.ReadFile(f.knownHead())
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(b), err
}

// KeepHead puts a signed head of the broker elsewhere in the place of the last.
func (f Folder) KeepHead(note string) error { return write(f.knownHead(), []byte(note)) }

// Contradiction is the evidence that the broker elsewhere signed heads that are not of one log;
// empty before it did.
func (f Folder) Contradiction() (string, error) {
	b, err := os.ReadFile(f.contradiction())
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(b), err
}

// KeepContradiction keeps that evidence in the place of what there was.
func (f Folder) KeepContradiction(evidence string) error {
	return write(f.contradiction(), []byte(evidence))
}

// ForgetContradiction forgets what the broker has explained.
func (f Folder) ForgetContradiction() error {
	err := os.Remove(f.contradiction())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (f Folder) contradiction() string { return f.file("broker.contradiction") }

func (f Folder) knownHead() string   { return f.file("broker.head") }
func (f Folder) knownBroker() string { return f.file("broker.json") }

// Currency is the one in which the broker's books are kept.
func (f Folder) Currency() (scrip.Currency, error) {
	code, err := f.papers.Read(currencyFile)
	if err != nil {
		return scrip.Currency{}, fmt.Errorf("read the currency of the books: %w", err)
	}
	return scrip.ParseCurrency(string(code))
}

// KeepCurrency writes down the currency of books that are begun. It refuses
// another than they were begun in: every amount in them would mean something
// else.
func (f Folder) KeepCurrency(c scrip.Currency) error {
	return inTurn(func() error {
		kept, err := f.papers.Read(currencyFile)
		if errors.Is(err, fs.ErrNotExist) {
			return f.papers.Replace(currencyFile, nil, []byte(c.Code))
		}
		if err == nil && string(kept) != c.Code {
			err = fmt.Errorf("the books are kept in %s, not in %s", kept, c.Code)
		}
		return err
	})
}

// currencyFile is the paper with the code of the currency.
const currencyFile = "currency"

// KeepBank writes down what money the books are begun with. Books of test money never take real money, nor the other way round.
func (f Folder) KeepBank(kind scrip.BankKind) error {
	return inTurn(func() error {
		kept, err := f.Bank()
		if errors.Is(err, fs.ErrNotExist) {
			return f.papers.Replace(bankFile, nil, []byte(kind))
		}
		if err == nil && kept != kind {
			err = fmt.Errorf("the books hold money of the bank %q, and not of %q: another bank takes a data folder of its own", kept, kind)
		}
		return err
	})
}

// Bank is what money the books hold: fs.ErrNotExist before they are begun, and the sandbox's where they were and nothing was said.
func (f Folder) Bank() (scrip.BankKind, error) {
	kept, err := f.papers.Read(bankFile)
	if errors.Is(err, fs.ErrNotExist) {
		if keys, failed := readKeys(f.brokerKeys()); failed == nil && keys.Begun {
			return scrip.SandboxBank, nil
		}
	}
	return scrip.BankKind(kept), err
}

// bankFile is the paper with what money the books hold.
const bankFile = "bank"

func writeJSON(path string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return write(path, b)
}
