// Where the parcels of the tests go, and what is said beside: a choice of the checkout.
export const address = { name: 'Ann Lee', lines: ['1 Test Lane'], postcode: '1011', town: 'Amsterdam', country: 'NL', phone: '' }
export const home = { delivery: { way: 'post', label: '', address }, note: '' }
