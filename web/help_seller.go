package web

// ofSellers is asked about selling.
var ofSellers = []question{
	{phrase("How am I paid, and when?"), []string{
		phrase("An order on your desk is paid: you need not wait for money before you send. Where a listing is protected, the price is held first. It is yours when the buyer says that all is well, or by itself when the time to look at it is over: the days of the parcel’s way and, mostly, 3 more. Where it is not protected it is yours at once."),
		phrase("“Earnings”, on your desk, says what is held and what is yours. From there it goes to your bank account, or into your wallet to shop with."),
	}},
	{phrase("What does protection mean to me?"), []string{
		phrase("Buyers who do not know you dare to buy, because they see their money back if nothing comes. You promise to send within some days, and press “Mark as sent” once it is on its way: from then on the buyer’s time runs, and yours is over. If you send too late, or do not say so, the buyer can take the money back and the order is off."),
		phrase("You choose it for each listing, and for how many days. For what is handed over in person you may go without. Each page says which it is."),
	}},
	{phrase("A buyer wants to send something back."), []string{
		phrase("You agree on it in the conversation on the order’s page. When you have it again, or before, press “Refund the buyer” there and give back all or a part: it comes out of what is held for that order first, then out of what you have earned."),
	}},
	{phrase("A buyer says that something is wrong. What happens?"), []string{
		phrase("The money of that order stays where it is, and your desk shows it first. Read what the buyer wrote, say what happened and choose what is shown: what you offered, what you both wrote, photos. Whoever runs this market reads both sides, decides how much goes to whom, and says why. If you agree with the buyer, refund instead: that ends it."),
		phrase("Take photos before you pack, and show them to the buyer in the conversation: they carry your signature and the time, so they can be shown later."),
	}},
	{phrase("How do I post things?"), []string{
		phrase("For each listing you say how it goes: by post, to which countries, for how much and how long it takes, or collected by the buyer. The form knows what you took last time. An order’s page has the address, a packing slip to print, and a field for the carrier and its number, which the buyer sees at once."),
	}},
	{phrase("What do buyers see of me?"), []string{
		phrase("The name, the picture and the words of your stall, and the town you give. Beside them stands what the market has counted: since when the stall is open, about how much it has sold, how many days parcels took, how often money went back because nothing came, how many disputes it lost, and what buyers said. You can answer each rating once. Your own name, your account and your bank they do not see."),
	}},
	{phrase("Can I ask for money without listing a thing?"), []string{
		phrase("Yes: “Ask for money”, on your desk, makes a payment link for any amount, with a QR code. Send it, print it, or put it on a site of your own. Whoever pays gives no address, and the money is yours at once: nothing is held, and only you can give it back."),
	}},
	{phrase("I am away for a while."), []string{
		phrase("“Edit the stall’s page”, on your desk, lets you say until when. Your listings stay to be seen and cannot be bought until then. Send what is paid before you go."),
	}},
	{phrase("What does selling cost?"), []string{
		phrase("This program takes no fee, from you or from the buyer. What whoever runs this market asks for, if anything, stands among its [terms](/contact)."),
	}},
}
