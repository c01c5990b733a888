// A Modbus server made with modbus-serial (npm): the other side of the driver's tests that pymodbus did not write.
//
//   node server.js tcp          serves a free port of 127.0.0.1 and prints it
//   node server.js serial PORT  serves a serial port, and prints it
//
// Any unit: coil n is on where n is odd, discrete n where n is a multiple of 3, holding n is n, input n is 1000 + n,
// until they are written. From address 500 on there is nothing: exception 2. It ends with standard input.
const { ServerTCP, ServerSerial } = require("modbus-serial");
const written = {};
const kept = (table, value) => (address, unit) => {
    if (address >= 500) throw { modbusErrorCode: 2, msg: "no such address" };
    return written[`${unit} ${table} ${address}`] ?? value(address);
};
const keep = (table) => (address, value, unit) => {
    if (address >= 500) throw { modbusErrorCode: 2, msg: "no such address" };
    written[`${unit} ${table} ${address}`] = value;
};
const vector = {
    getCoil: kept("coil", (n) => n % 2 === 1),
    getDiscreteInput: kept("discrete", (n) => n % 3 === 0),
    getHoldingRegister: kept("holding", (n) => n),
    getInputRegister: kept("input", (n) => 1000 + n),
    setCoil: keep("coil"),
    setRegister: keep("holding"),
};
const [, , wire, port] = process.argv;
if (wire === "tcp") {
    const probe = require("net").createServer().listen(0, "127.0.0.1", () => {
        const free = probe.address().port;
        probe.close(() => {
            const server = new ServerTCP(vector, { host: "127.0.0.1", port: free, unitID: 255 });
            server.on("initialized", () => console.log(free));
        });
    });
} else {
    const server = new ServerSerial(vector, { port, baudRate: 115200, unitID: 255 });
    server.on("initialized", () => console.log(port));
    server.on("error", (error) => console.error(error));
}
process.stdin.on("end", () => process.exit(0)).resume();
