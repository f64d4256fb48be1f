// What the client uses of System.Text.Json, which Mono does not have: the same names, the same answers.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.Serialization.Json;
using System.Text;
using System.Xml;
using System.Xml.Linq;

public static class Program
{
    public static void Main(string[] arguments) { Client.Show(arguments[0]).GetAwaiter().GetResult(); }
}

namespace System.Text.Json
{
    public sealed class JsonDocument
    {
        public JsonElement RootElement { get; private set; }

        public static JsonDocument Parse(string text)
        {
            var reader = JsonReaderWriterFactory.CreateJsonReader(Encoding.UTF8.GetBytes(text), XmlDictionaryReaderQuotas.Max);
            return new JsonDocument { RootElement = new JsonElement(XElement.Load(reader)) };
        }
    }

    public struct JsonElement
    {
        readonly XElement held;

        public JsonElement(XElement node) { held = node; }

        string Kind { get { return (string)held.Attribute("type"); } }

        // A key that is no name in XML stands in an attribute.
        static string NameOf(XElement node) { return (string)node.Attribute("item") ?? node.Name.LocalName; }

        public JsonElement GetProperty(string name)
        {
            if (Kind != "object") throw new InvalidOperationException(name + " asked of " + Kind);
            var found = held.Elements().FirstOrDefault(node => NameOf(node) == name);
            if (found == null) throw new KeyNotFoundException(name);
            return new JsonElement(found);
        }

        public IEnumerable<JsonElement> EnumerateArray()
        {
            if (Kind != "array") throw new InvalidOperationException("an array was expected, found " + Kind);
            return held.Elements().Select(node => new JsonElement(node));
        }

        public string GetString()
        {
            if (Kind != "string" && Kind != "null") throw new InvalidOperationException("a string was expected, found " + Kind);
            return Kind == "null" ? null : held.Value;
        }

        public override string ToString() { return held.Value; }
    }
}
