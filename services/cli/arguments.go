package cli

import (
	"reflect"
	"strings"

	"github.com/alecthomas/kong"

	"peerscrip/services/scrip"
)

// noFlag stands before an identifier that begins with a dash, until it is where it belongs: no
// argument can have it, since the system ends them with it.
const noFlag = "\x00"

// Identifiers has a field of text take an identifier that Parse told apart from a flag.
func Identifiers() kong.Option {
	return kong.KindMapper(reflect.String, kong.MapperFunc(func(ctx *kong.DecodeContext, target reflect.Value) error {
		var text string
		if err := ctx.Scan.PopValueInto("string", &text); err != nil {
			return err
		}
		target.SetString(strings.TrimPrefix(text, noFlag))
		return nil
	}))
}

// Parse parses a command line by a parser that has the option Identifiers. One in 64 identifiers
// begins with a dash: what has the form of one is no flag, unless the parser has a flag of that name.
func Parse(parser *kong.Kong, args []string) (*kong.Context, error) {
	flags := map[string]bool{}
	err := kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		if flag, is := node.(*kong.Flag); is {
			flags["--"+flag.Name] = true
		}
		return next(nil)
	})
	if err != nil {
		return nil, err
	}
	told := make([]string, len(args))
	for i, arg := range args {
		if strings.HasPrefix(arg, "-") && scrip.ID(arg).Valid() && !flags[arg] {
			arg = noFlag + arg
		}
		told[i] = arg
	}
	return parser.Parse(told)
}
