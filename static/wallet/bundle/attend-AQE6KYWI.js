import{va as a}from"./chunk-PQ7RCVXJ.js";import"./chunk-SKS763PO.js";import"./chunk-WOT6VMZA.js";export{a as attend};
