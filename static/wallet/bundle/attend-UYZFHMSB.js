import{va as a}from"./chunk-34ALKXXO.js";import"./chunk-XCK4TJ2U.js";import"./chunk-WOT6VMZA.js";export{a as attend};
