import{va as a}from"./chunk-Y4N4KTIO.js";import"./chunk-NIN3UOMW.js";import"./chunk-WOT6VMZA.js";export{a as attend};
