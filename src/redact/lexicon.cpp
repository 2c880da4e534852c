#include "redact/lexicon.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <vector>

#include "base/assert.hpp"

namespace oidor::redact {
namespace {

/// Open addressing, sparse: most words of a conversation are in none of the lists and end at an
/// empty place.
constexpr std::size_t kPlaces = 4096;

struct Place {
    std::array<char, kWordSizeMax> text = {};
    std::uint8_t size = 0;
    WordInfo info = {};

    [[nodiscard]] bool holds(std::string_view word) const {
        return size == word.size() && std::memcmp(text.data(), word.data(), size) == 0;
    }
};

std::size_t place_of(std::string_view word) {
    std::uint32_t hash = 2166136261U;
    for (const char c : word) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    }
    return (hash ^ (hash >> 15U)) % kPlaces;
}

class Lexicon {
  public:
    Lexicon() : places_(kPlaces) {
        add_numbers();
        add_portuguese_numbers();
        add_english_numbers();
        add_between();
        add_documents();
        add_others();
    }

    [[nodiscard]] const WordInfo* find(std::string_view word) const {
        const auto first = static_cast<unsigned char>(word.front()) % kFirsts;
        if ((sizes_[first] >> word.size() & 1U) == 0) {
            return nullptr;  // Most words end here.
        }
        for (std::size_t at = place_of(word); places_[at].size != 0; at = (at + 1) % kPlaces) {
            if (places_[at].holds(word)) {
                return &places_[at].info;
            }
        }
        return nullptr;
    }

  private:
    WordInfo& slot(std::string_view word) {
        ASSERT(!word.empty() && word.size() <= kWordSizeMax, "the longest word is known");
        std::size_t at = place_of(word);
        while (places_[at].size != 0 && !places_[at].holds(word)) {
            at = (at + 1) % kPlaces;
        }
        auto& place = places_[at];
        std::memcpy(place.text.data(), word.data(), word.size());
        place.size = static_cast<std::uint8_t>(word.size());
        sizes_[static_cast<unsigned char>(word.front()) % kFirsts] |= 1U << word.size();
        return place.info;
    }

    /// Calls `use` with each word of a list that is separated by spaces.
    template <typename Use>
    static void each(std::string_view words, const Use& use) {
        while (!words.empty()) {
            const auto end = std::min(words.find(' '), words.size());
            if (end > 0) {
                use(words.substr(0, end));
            }
            words.remove_prefix(std::min(end + 1, words.size()));
        }
    }

    /// The words count from `first` on, `step` more each.
    void count(WordClass kind, std::string_view words, int first, int step = 1,
               std::uint8_t languages = kEvery) {
        int value = first;
        each(words, [&](std::string_view word) {
            auto& info = slot(word);
            info.kind = kind;
            info.value = static_cast<std::uint16_t>(value);
            info.languages = languages;
            value += step;
        });
    }
    void value(WordClass kind, std::string_view words, int value, std::uint8_t languages = kEvery) {
        count(kind, words, value, 0, languages);
    }
    void label(std::uint32_t labels, std::string_view words) {
        each(words, [&](std::string_view word) { slot(word).labels |= labels; });
    }

    void add_numbers() {
        using enum WordClass;
        count(Unit, "cero uno dos tres cuatro cinco seis siete ocho nueve", 0);
        value(WeakUnit, "un", 1, kSpanish);
        count(Teen, "diez once doce trece catorce quince dieciseis diecisiete dieciocho diecinueve",
              10);
        count(Teen,
              "veintiuno veintidos veintitres veinticuatro veinticinco veintiseis "
              "veintisiete veintiocho veintinueve",
              21);
        value(Teen, "veintiun veintiuna", 21);
        count(Ten, "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa", 20, 10);
        value(Cien, "cien", 100);
        count(Hundred,
              "ciento doscientos trescientos cuatrocientos quinientos seiscientos "
              "setecientos ochocientos novecientos",
              100, 100);
        count(Hundred,
              "doscientas trescientas cuatrocientas quinientas seiscientas setecientas "
              "ochocientas novecientas",
              200, 100);
        value(Thousand, "mil thousand", 1000);
        value(Million, "millon millones milhao milhoes million", 0);
        value(Times, "doble dobles double dobro duplo", 2);
        value(Times, "triple triplo treble", 3);
        value(Times, "cuadruple quadruplo", 4);
        count(Plural, "ceros unos doses treses cuatros cincos seises sietes ochos nueves", 0);
        value(Plural, "zeros", 0);
        count(Plural, "setes oitos noves", 7);
    }

    void add_portuguese_numbers() {
        using enum WordClass;
        count(Unit, "zero", 0);
        count(Unit, "dois tres quatro", 2);
        count(Unit, "sete oito nove", 7);
        value(Unit, "duas", 2, kPortuguese);
        value(WeakUnit, "um uma", 1, kPortuguese);
        value(WeakUnit, "meia", 6, kPortuguese);
        value(Teen, "dez", 10);
        count(Teen, "onze doze treze quatorze quinze dezesseis dezessete dezoito dezenove", 11);
        value(Teen, "catorze", 14);
        count(Teen, "dezasseis dezassete", 16);
        value(Ten, "vinte", 20);
        count(Ten, "trinta quarenta cinquenta sessenta", 30, 10);
        count(Ten, "oitenta noventa", 80, 10);
        value(Cien, "cem", 100, kPortuguese);
        value(Hundred, "cento", 100);
        count(Hundred, "duzentos trezentos quatrocentos", 200, 100);
        count(Hundred, "seiscentos setecentos oitocentos novecentos", 600, 100);
        value(Hundred, "quinhentos", 500);
    }

    void add_english_numbers() {
        using enum WordClass;
        count(Unit, "one two three four five six seven eight nine", 1);
        value(WeakUnit, "oh o", 0, kEnglish);
        value(Teen, "ten", 10, kEnglish);
        count(Teen, "eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
              11);
        count(Ten, "twenty thirty forty fifty sixty seventy eighty ninety", 20, 10);
        value(Centuple, "hundred", 100);
    }

    void add_between() {
        using enum WordClass;
        value(And, "y e and", 0);
        value(Filler,
              "eh ehm este mm mmm hmm hum ah uh er coma comma virgula espacio espaco space barra "
              "slash luego "
              "despues depois espere espera momento segundo tranquilo then ver deixa eu a "
              "entonces aca ahi",
              0);
        value(Ends,
              "termina terminan terminada terminado sigue siguen seguido continua continuan "
              "segue terminam",
              0);
        value(Link, "en em con com", 0);
        value(Ack,
              "si sim yes yeah aja aha mhm ok okay okey vale perfecto perfeito perfect bien "
              "bueno dale listo claro correcto correto correct exacto exato adelante siga "
              "continue digame dime anoto isso certo ta right sure gracias obrigado obrigada",
              0);
        value(Plus, "mas mais plus", 0);
        value(At, "arroba arobase", 0);
        value(At, "at", 0, kEnglish);
        value(Dot, "punto ponto dot", 0);
        value(Dash,
              "guion guiones raya hifen hyphen traco dash bajo baixo medio underscore "
              "underline subrayado",
              0);
        value(Letter, "ka k", 0);
        value(Letter,
              "b c d f g h i j l m n p q r s t u v w x z be ce de efe ge hache jota ele "
              "eme ene pe cu erre ese te uve ve equis zeta",
              0);
    }

    void add_documents() {
        label(kDni, "dni");
        label(kCedula, "cedula cedulas ci cc");
        label(kDocument,
              "documento documentos document identificacion identidad identificacao "
              "identidade identification pasaporte passaporte passport id");
        label(kRut | kCedula, "rut run");
        label(kRuc, "ruc");
        label(kCuit, "cuit cuil");
        label(kCbu, "cbu cvu");
        label(kClabe, "clabe interbancaria");
        label(kCurp, "curp");
        label(kRfc, "rfc");
        label(kCpf, "cpf");
        label(kCnpj, "cnpj");
        label(kCard,
              "tarjeta tarjetas cartao cartoes card cards visa mastercard master amex "
              "american plastico credito debito credit debit maestro cabal naranja");
        label(kPhone,
              "telefono telefonos telefone fone phone celular celulares celu cel movil "
              "mobile cell whatsapp wasap wpp tel tfno fijo linea llamar llamarme llamame "
              "llamenme llamarlo llamarla llamarte llamo contacto contactar contactarme "
              "contato ligar comunicarme comunicarse call fono");
        label(kEmail, "correo mail email electronico eletronico emails mails");
        label(kCardCode, "cvv cvc cvv2 cvc2 cvn");
        label(kCode, "codigo code clave");
        label(kSecurity, "seguridad seguranca security verificador");
        label(kNumber, "numero number nro num");
        label(kMine, "mi su tu mio suyo meu seu minha my your");
        label(kIs, "es seria sea is e eh son");
    }

    void add_others() {
        label(kOther,
              "pedido pedidos reclamo reclamos ticket tickets tramite expediente factura "
              "facturas seguimiento guia poliza contrato referencia orden protocolo "
              "importe monto saldo precio invoice order tracking amount fatura boleto "
              "boleta gestion incidencia solicitud nota chamado rastreio envio lote serie "
              "radicado caso turno producto articulo modelo medidor suministro");
        label(kMoney,
              "peso pesos dolar dolares reales real reais sol soles guarani guaranies "
              "euro euros dollars dollar usd ars clp mxn cop uyu pyg");
        label(kProvider, "gmail hotmail yahoo outlook icloud live protonmail msn");
    }

    static constexpr std::size_t kFirsts = 128;
    std::vector<Place> places_;
    std::array<std::uint32_t, kFirsts> sizes_ = {};  ///< Of words by their first letter: bits.
};

}  // namespace

const WordInfo* find_word(std::string_view folded) {
    static const Lexicon lexicon;
    return folded.empty() ? nullptr : lexicon.find(folded);
}

}  // namespace oidor::redact
