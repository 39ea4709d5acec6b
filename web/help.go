package web

import "net/http"

func (s *server) help(w http.ResponseWriter, r *http.Request) error {
	h := s.head("help", tr(r.Context(), "Questions"))
	h.Description = tr(r.Context(), "What buyers ask: when the seller is paid, what to do when nothing comes or something is wrong, and what it costs.")
	h.Path = "/help"
	return s.render(w, r, http.StatusOK, helpPage(h))
}

// question is what people ask, and what is answered, a paragraph each.
type question struct {
	Asks   string
	Answer []string
}

// ofBuyers is asked about protection.
var ofBuyers = []question{
	{phrase("When is the seller paid?"), []string{
		phrase("Where a listing says “Protected”, not when you pay. Your money is held by whoever runs this market until you say that all is well, or until the time to look at it is over. The listing says how long that is: 3 days, mostly, after it should have come."),
		phrase("If all is well you need do nothing. If you want to be kind, press “It is here and it is fine” on the page of your order: the seller is paid at once then."),
	}},
	{phrase("It is not sent. How do I get my money back?"), []string{
		phrase("Each seller promises to send within some days. When they are over, and one day more, your order has a button “Get my money back”. You ask nobody: the money is in your wallet a moment later, also when the seller does not answer or is gone. Forget it, and it comes back by itself 90 days later."),
	}},
	{phrase("It came, and it is broken, or it is another thing. What do I do?"), []string{
		phrase("Write to the seller first, on the page of your order: most of it ends there, and a seller can give all or part of your money back."),
		phrase("If that does not help, press “There is a problem” before the time to look is over. Say what is wrong and choose what you show: the receipt, and what you and the seller wrote. From then on the money stays where it is. The seller may answer. Whoever runs this market reads both, and decides how much goes to whom; you read the reason on your order, and your part is in your wallet by itself."),
	}},
	{phrase("How do I know that the time is nearly over?"), []string{
		phrase("Your order says until when your money is held. Two days and one day before that it stands at the top of every page of this market, on the page of your wallet, and, if you allow it, your browser tells you while a page is open. Who does not look in for so long cannot report a problem any more. The signed receipt stays yours."),
	}},
	{phrase("What if a listing says “Not protected”?"), []string{
		phrase("Then the seller is paid at once, and only the seller can give your money back. The checkout says so before you pay. It is for things that are handed over in person, for instance. Sellers choose it; most things here are protected."),
	}},
	{phrase("Does protection cost anything, and who learns of my order?"), []string{
		phrase("It costs nothing. Whoever runs the market learns the price, by when it has to be sent and how long you may look at it; not what you bought, unless you report a problem and show it. The seller learns nothing more about you, also when you ask for your money back."),
	}},
}
