import{va as a}from"./chunk-I7PMB27O.js";import"./chunk-BYXVNV65.js";import"./chunk-WOT6VMZA.js";export{a as attend};
