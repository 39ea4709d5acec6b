import{va as a}from"./chunk-TGRW3RQ6.js";import"./chunk-H7CBJBMA.js";import"./chunk-WOT6VMZA.js";export{a as attend};
