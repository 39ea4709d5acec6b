package web

import (
	"strings"

	"github.com/a-h/templ"
)

// fieldAria ties a control to its hint and its error, so that both are read out with it.
func fieldAria(id string, hint bool, problem string) templ.Attributes {
	var by []string
	if hint {
		by = append(by, id+"-hint")
	}
	attributes := templ.Attributes{}
	if problem != "" {
		by = append(by, id+"-error")
		attributes["aria-invalid"] = "true"
	}
	if len(by) > 0 {
		attributes["aria-describedby"] = strings.Join(by, " ")
	}
	return attributes
}
