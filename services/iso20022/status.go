package iso20022

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Status is what a bank's status report (pain.002) says of credit transfers that it was given (pain.001).
type Status struct {
	Message string // its own ID
	Of      string // the message ID of the pain.001
	Refused bool   // all of it
	Reason  string // of that, by the bank's code or in its words; empty
	// Refusals are single payments that the bank does not make; where it refuses all, those of which it says why.
	Refusals []Refusal
}

// Refusal is a payment that a bank does not make.
type Refusal struct {
	EndToEnd string // our name of it
	Reason   string // by the bank's code or in its words; empty
}

// statuses are the names of status reports, in whichever version.
var statuses = regexp.MustCompile(`^urn:iso:std:iso:20022:tech:xsd:pain\.002\.001\.\d\d$`)

// rejected is the status of what a bank does not do.
const rejected = "RJCT"

type statusDocument struct {
	XMLName xml.Name
	Report  *struct {
		ID    string `xml:"GrpHdr>MsgId"`
		Group struct {
			Of     string  `xml:"OrgnlMsgId"`
			Kind   string  `xml:"OrgnlMsgNmId"`
			Status string  `xml:"GrpSts"`
			Why    reasons `xml:"StsRsnInf"`
		} `xml:"OrgnlGrpInfAndSts"`
		Payments []struct {
			Status       string  `xml:"PmtInfSts"`
			Why          reasons `xml:"StsRsnInf"`
			Transactions []struct {
				EndToEnd string  `xml:"OrgnlEndToEndId"`
				Status   string  `xml:"TxSts"`
				Why      reasons `xml:"StsRsnInf"`
			} `xml:"TxInfAndSts"`
		} `xml:"OrgnlPmtInfAndSts"`
	} `xml:"CstmrPmtStsRpt"`
}

// reasons are why, by code, or in words.
type reasons []struct {
	Code  string   `xml:"Rsn>Cd"`
	Own   string   `xml:"Rsn>Prtry"`
	Words []string `xml:"AddtlInf"`
}

// first is the first of them that says something.
func (r reasons) first() string {
	for _, why := range r {
		if text := cmp.Or(strings.TrimSpace(why.Code), strings.TrimSpace(why.Own), strings.TrimSpace(strings.Join(why.Words, " "))); text != "" {
			return text
		}
	}
	return ""
}

// ReadStatus reads a status report: ErrFile where it is none, or not of the form of its schema. What is accepted, and what is pending,
// is not told apart: both are heard of again, in a statement.
func ReadStatus(file []byte) (Status, error) {
	var d statusDocument
	if err := decode(file, &d); err != nil {
		return Status{}, err
	}
	if d.Report == nil || !statuses.MatchString(d.XMLName.Space) {
		return Status{}, ErrFile
	}
	of := d.Report.Group
	s := Status{Message: d.Report.ID, Of: of.Of, Refused: of.Status == rejected, Reason: of.Why.first()}
	if s.Message == "" || len(s.Message) > maxID || s.Of == "" || len(s.Of) > maxID {
		return s, fmt.Errorf("%w: its message ID, or that of what it is about, is missing, or too long", ErrFile)
	}
	if of.Kind != "" && !strings.HasPrefix(of.Kind, "pain.001") {
		return s, fmt.Errorf("%w: it is about a %s, and not about a pain.001", ErrFile, of.Kind)
	}
	for _, p := range d.Report.Payments {
		if p.Status == rejected { // a pain.001 of ours has one payment information: it is all of it
			s.Refused, s.Reason = true, cmp.Or(s.Reason, p.Why.first())
		}
		for _, t := range p.Transactions {
			if t.Status == rejected {
				s.Refusals = append(s.Refusals, Refusal{t.EndToEnd, t.Why.first()})
			}
		}
	}
	if s.Refused {
		s.Refusals = slices.DeleteFunc(s.Refusals, func(r Refusal) bool { return r.Reason == "" }) // why of one, where it is told
	}
	return s, nil
}
